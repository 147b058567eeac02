-- SPDX-License-Identifier: GPL-2.0-only
vim.bo.commentstring = '# %s'

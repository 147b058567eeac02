-- SPDX-License-Identifier: MIT
vim.bo.commentstring = '# %s'

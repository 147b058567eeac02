-- SPDX-License-Identifier: MIT
vim.bo.commentstring = '# %s'
-- Names of options have hyphens: completion replaces the whole of what is typed.
vim.opt_local.iskeyword:append('-')
vim.b.undo_ftplugin = 'setlocal commentstring< iskeyword<'

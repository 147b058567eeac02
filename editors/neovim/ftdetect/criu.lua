-- SPDX-License-Identifier: GPL-2.0-only
vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  pattern = { '*/criu/*.conf', '*/.criu/*.conf', '*/etc/criu.conf', 'runc.conf', 'crun.conf' },
  callback = function() vim.bo.filetype = 'criu' end,
})

-- SPDX-License-Identifier: MIT
local function detect(pattern, folder)
  vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
    pattern = pattern,
    callback = function(event)
      if vim.fn.fnamemodify(event.file, ':p:h:t'):find(folder) then vim.bo.filetype = 'criu' end
    end,
  })
end

detect({ '*/criu/*.conf', '*/.criu/*.conf' }, '^%.?criu$')
detect({ '*/etc/criu.conf', 'runc.conf', 'crun.conf' }, '')

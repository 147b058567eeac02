-- SPDX-License-Identifier: MIT
local own = vim.regex([[\v(^|/)\.?criu/[^/]+\.conf$]])
local named = vim.regex([[\v(^|/)([^/]*criu[^/]*|runc|crun)\.conf$]])
-- Parts of other programs' configuration.
local others = vim.regex([[\v(^|/)([0-9]+-[^/]*|(init|[^/]+\.d)/[^/]*)$]])

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  pattern = '*.conf',
  callback = function(event)
    local path = vim.fn.fnamemodify(event.file, ':p'):gsub('\\', '/')
    if own:match_str(path) or (named:match_str(path) and not others:match_str(path)) then
      vim.bo.filetype = 'criu'
    end
  end,
})

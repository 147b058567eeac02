-- SPDX-License-Identifier: MIT
-- Neovim 0.11 and later read this file themselves; in older ones plugin/criulint.lua does.
-- `init_options` holds what criulint.toml could say, as `{ criu = '4.1.1' }`.
local markers = { 'criulint.toml', '.criulint.toml', 'pyproject.toml', '.git' }

-- Of TOML files only criulint's own configuration is the server's.
local function wants(buffer)
  if vim.bo[buffer].filetype ~= 'toml' then return true end
  local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':t')
  if name == 'criulint.toml' or name == '.criulint.toml' then return true end
  local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
  return name == 'pyproject.toml' and text:find('tool.criulint', 1, true) ~= nil
end

return {
  wants = wants,
  cmd = { 'criulint', 'lsp' },
  filetypes = { 'criu', 'toml' },
  root_markers = markers,
  root_dir = vim.fs and vim.fs.root and function(buffer, on_dir)
    if wants(buffer) then on_dir(vim.fs.root(buffer, markers)) end
  end or nil,
  init_options = {},
}

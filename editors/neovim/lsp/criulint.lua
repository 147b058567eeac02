-- SPDX-License-Identifier: MIT
-- Neovim 0.11 and later read this file themselves; in older ones plugin/criulint.lua does.
-- `init_options` holds what criulint.toml could say, as `{ criu = '4.1.1' }`.
return {
  cmd = { 'criulint', 'lsp' },
  filetypes = { 'criu' },
  root_markers = { 'criulint.toml', '.criulint.toml', 'pyproject.toml', '.git' },
  init_options = {},
}

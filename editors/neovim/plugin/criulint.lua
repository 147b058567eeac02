-- SPDX-License-Identifier: GPL-2.0-only
if vim.lsp.enable then
  vim.lsp.enable('criulint')
  return
end

-- Before Neovim 0.11: a client for each directory that criulint may be configured in.
local markers = { 'criulint.toml', '.criulint.toml', 'pyproject.toml', '.git' }
local clients = {}

local function root(path)
  local directory = vim.fn.fnamemodify(path, ':p:h')
  local above = directory
  while true do
    for _, marker in ipairs(markers) do
      if vim.loop.fs_stat(above .. '/' .. marker) then return above end
    end
    local parent = vim.fn.fnamemodify(above, ':h')
    if parent == above then return directory end
    above = parent
  end
end

vim.api.nvim_create_autocmd('FileType', {
  pattern = 'criu',
  callback = function(event)
    local directory = root(event.file)
    local client = clients[directory]
    if not client or not vim.lsp.get_client_by_id(client) then
      client = vim.lsp.start_client({
        name = 'criulint',
        cmd = { 'criulint', 'lsp' },
        root_dir = directory,
        init_options = {},
      })
      clients[directory] = client
    end
    if client then
      vim.lsp.buf_attach_client(event.buf, client)
      vim.bo[event.buf].omnifunc = 'v:lua.vim.lsp.omnifunc'
    end
  end,
})

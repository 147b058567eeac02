-- SPDX-License-Identifier: MIT
local function is_there(cmd)
  if type(cmd) == 'table' and vim.fn.executable(cmd[1]) == 0 then
    vim.notify_once(cmd[1] .. " is not on the PATH: install it with the extra `lsp`", vim.log.levels.WARN)
    return false
  end
  return true
end

local commands = {
  CriulintFixAll = { 'fix_all', 'Apply all safe fixes' },
  CriulintReading = { 'show_reading', 'Show what CRIU reads in the file' },
  CriulintWinners = { 'show_winners', 'Show which value of the option at the cursor wins' },
  CriulintRelease = { 'choose_release', 'Choose the CRIU release that reads the files' },
  CriulintRule = { 'open_rule', 'Open the page of the rule of a finding on this line' },
}
for name, command in pairs(commands) do
  vim.api.nvim_create_user_command(name, function() require('criulint')[command[1]]() end, { desc = command[2] })
end

if vim.lsp.enable then
  vim.api.nvim_create_autocmd('FileType', {
    pattern = 'criu',
    callback = function() is_there(vim.lsp.config.criulint.cmd) end,
  })
  vim.lsp.enable('criulint')
  return
end

-- Before Neovim 0.11: a client per project root. `vim.g.criulint` stands for
-- `vim.lsp.config('criulint', ...)` of newer versions.
local shipped = vim.api.nvim_get_runtime_file('lsp/criulint.lua', false)[1]
local config = vim.tbl_extend('force', dofile(shipped), vim.g.criulint or {})
local clients = {}

local function root(path)
  local directory = vim.fn.fnamemodify(path, ':p:h')
  local above = directory
  while true do
    for _, marker in ipairs(config.root_markers) do
      if vim.loop.fs_stat(above .. '/' .. marker) then return above end
    end
    local parent = vim.fn.fnamemodify(above, ':h')
    if parent == above then return directory end
    above = parent
  end
end

vim.api.nvim_create_autocmd('FileType', {
  pattern = config.filetypes,
  callback = function(event)
    if not is_there(config.cmd) then return end
    if not config.wants(event.buf) then return end
    local directory = root(vim.api.nvim_buf_get_name(event.buf))
    local client = clients[directory]
    if not client or not vim.lsp.get_client_by_id(client) then
      client = vim.lsp.start_client({
        name = 'criulint',
        cmd = config.cmd,
        root_dir = directory,
        init_options = config.init_options,
      })
      clients[directory] = client
    end
    if client then
      vim.lsp.buf_attach_client(event.buf, client)
      vim.bo[event.buf].omnifunc = 'v:lua.vim.lsp.omnifunc'
    end
  end,
})

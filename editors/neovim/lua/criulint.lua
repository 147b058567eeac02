-- SPDX-License-Identifier: MIT
-- What the commands :Criulint... do: they ask the language server that is attached to a buffer.
local M = {}

local timeout = 10000

local function client_of(buffer)
  local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = buffer }) or vim.lsp.buf_get_clients(buffer)
  for _, client in pairs(clients) do
    if client.name == 'criulint' then return client end
  end
  vim.notify('criulint does not run for this file', vim.log.levels.WARN)
end

local function request(method, params)
  local client = client_of(0)
  if not client then return end
  local answers = vim.lsp.buf_request_sync(0, method, params, timeout) or {}
  local answer = answers[client.id] or {}
  if answer.error then vim.notify(answer.error.message, vim.log.levels.ERROR) end
  return answer.result, client
end

local function execute(command, ...)
  return request('workspace/executeCommand', { command = command, arguments = { vim.uri_from_bufnr(0), ... } })
end

local function apply(edit, client)
  vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding or 'utf-16')
end

--- Apply all safe fixes; as a handler of BufWritePre, before each save.
function M.fix_all()
  local last = vim.api.nvim_buf_line_count(0)
  local actions, client = request('textDocument/codeAction', {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    range = { start = { line = 0, character = 0 }, ['end'] = { line = last, character = 0 } },
    context = { diagnostics = {}, only = { 'source.fixAll.criulint' } },
  })
  for _, action in ipairs(actions or {}) do
    if action.edit then apply(action.edit, client) end
  end
end

--- Show a text about the file in a window beside it; Enter or `gd` on a line goes where that leads.
local function show(title, view)
  if not view then return end
  local from = vim.api.nvim_get_current_win()
  vim.cmd('botright vnew')
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].buftype, vim.bo[buffer].bufhidden, vim.bo[buffer].swapfile = 'nofile', 'wipe', false
  vim.wo.wrap = false
  pcall(vim.api.nvim_buf_set_name, buffer, title)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(view.text:gsub('\n$', ''), '\n'))
  vim.bo[buffer].modifiable = false
  for _, link in ipairs(view.links) do
    pcall(vim.api.nvim_buf_add_highlight, buffer, -1, 'Underlined', link.line, link.start, link['end'])
  end
  local function follow()
    local place = vim.api.nvim_win_get_cursor(0)
    local best
    for _, link in ipairs(view.links) do
      if link.line == place[1] - 1 and (not best or (link.start <= place[2] and place[2] < link['end'])) then
        best = link
      end
    end
    if not best then return end
    if vim.api.nvim_win_is_valid(from) then vim.api.nvim_set_current_win(from) end
    local target = vim.uri_to_bufnr(best.uri)
    vim.bo[target].buflisted = true
    vim.api.nvim_win_set_buf(0, target)
    vim.api.nvim_win_set_cursor(0, { best.targetLine + 1, best.targetCharacter })
  end
  for _, key in ipairs({ '<CR>', 'gd' }) do
    vim.keymap.set('n', key, follow, { buffer = buffer, desc = 'Go to the line' })
  end
  vim.keymap.set('n', 'q', '<cmd>close<CR>', { buffer = buffer, desc = 'Close' })
end

--- Show what CRIU reads in the file.
function M.show_reading() show('What CRIU Reads', (execute('criulint.reading'))) end

--- Show which value of the option at the cursor wins, or of all options.
function M.show_winners()
  local place = vim.api.nvim_win_get_cursor(0)
  show('Which Value Wins', (execute('criulint.winners', { line = place[1] - 1, character = place[2] })))
end

--- Choose the release that reads the files, until Neovim ends.
function M.choose_release()
  local read, client = execute('criulint.inForce')
  if not read then return end
  local current = 'CRIU ' .. read.criu .. (read.runtime ~= '' and ', ' .. read.runtime or '')
  local options = { prompt = 'CRIU release (' .. current .. ' is in force)' }
  vim.ui.select(vim.list_extend({ 'installed' }, read.releases), options, function(release)
    if not release then return end
    local settings = vim.tbl_extend('force', client.config.init_options or {}, { criu = release })
    local params = { settings = { criulint = settings } }
    if vim.fn.has('nvim-0.11') == 1 then
      client:notify('workspace/didChangeConfiguration', params)
    else
      client.notify('workspace/didChangeConfiguration', params)
    end
  end)
end

--- Open the page of the rule of a finding on the line of the cursor.
function M.open_rule()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local pages = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = line })) do
    local lsp = (diagnostic.user_data or {}).lsp or {}
    local page = (lsp.codeDescription or {}).href
    if page and not vim.tbl_contains(pages, page) then table.insert(pages, page) end
  end
  if #pages == 0 then return vim.notify('There is no finding on this line') end
  vim.ui.select(pages, { prompt = 'Rule' }, function(page)
    if not page then return end
    if vim.ui.open then
      vim.ui.open(page)
    else
      vim.fn.jobstart({ vim.fn.has('mac') == 1 and 'open' or 'xdg-open', page }, { detach = true })
    end
  end)
end

return M

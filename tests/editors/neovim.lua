-- SPDX-License-Identifier: MIT
-- Opens a file as a user would, and prints as JSON what the editor then shows and does.
local function wait(what, condition)
  assert(vim.wait(120000, condition, 20), 'waited in vain for ' .. what)
end

local function request(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 120000)
  for _, answer in pairs(assert(answers, method)) do
    return answer.result
  end
end

local function main()
  local function client_here()
    local clients = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = 0 }) or vim.lsp.buf_get_clients(0)
    return ({ next(clients) })[2]
  end
  local told = { filetype = vim.bo.filetype, commentstring = vim.bo.commentstring }
  -- What completion replaces.
  told.word = vim.fn.matchstr('network-lo', '\\k*$')
  told.syntax = vim.fn.synIDattr(vim.fn.synID(1, 1, 1), 'name')
  wait('diagnostics', function() return #vim.diagnostic.get(0) > 0 end)
  local client = client_here()
  told.client = client.name
  told.root = client.config.root_dir
  told.diagnostics = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    table.insert(told.diagnostics, {
      line = diagnostic.lnum, column = diagnostic.col, last = diagnostic.end_col,
      code = diagnostic.code, severity = diagnostic.severity, source = diagnostic.source,
    })
  end

  -- The menu of code actions, in which the user chooses the first.
  local titles = {}
  vim.ui.select = function(items, options, choose)
    for _, item in ipairs(items) do
      table.insert(titles, options.format_item and options.format_item(item) or item[2].title)
    end
    choose(items[1], 1)
  end
  vim.api.nvim_win_set_cursor(0, { 1, 11 })
  vim.lsp.buf.code_action()
  wait('the fix', function() return vim.api.nvim_buf_get_lines(0, 0, 1, true)[1] == 'no-tcp-close' end)
  told.titles = titles
  wait('fewer diagnostics', function() return #vim.diagnostic.get(0) < #told.diagnostics end)

  if vim.lsp.buf.format then vim.lsp.buf.format({ timeout_ms = 120000 }) else vim.lsp.buf.formatting_sync({}, 120000) end
  told.formatted = vim.api.nvim_buf_get_lines(0, 0, -1, true)

  vim.api.nvim_buf_set_lines(0, -1, -1, true, { 'network-lock nf' })
  local last = vim.api.nvim_buf_line_count(0)
  vim.api.nvim_win_set_cursor(0, { last, 15 })
  local params = vim.lsp.util.make_position_params(0, 'utf-16')
  params.position.character = 15
  local items = request('textDocument/completion', params).items
  told.completion = {}
  for _, item in ipairs(items) do table.insert(told.completion, item.label) end

  params.position = { line = 0, character = 3 }
  told.hover = request('textDocument/hover', params).contents.value

  -- A file of another kind, with one of CRIU's inside; and one without a project around it.
  vim.cmd('edit! configmap.yaml')
  wait('diagnostics in YAML', function() return #vim.diagnostic.get(0) > 0 end)
  told.yaml = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    table.insert(told.yaml, { diagnostic.lnum, diagnostic.col, diagnostic.code })
  end
  vim.cmd('edit! ../.criu/default.conf')
  wait('a client', client_here)
  told.detached = { vim.bo.filetype, client_here().name }

  vim.cmd('edit! criulint.toml')
  wait('a client for TOML', client_here)
  vim.api.nvim_buf_set_lines(0, 0, -1, true, { 'selekt = 1' })
  wait('diagnostics in TOML', function() return #vim.diagnostic.get(0) > 0 end)
  told.toml = vim.diagnostic.get(0)[1].message
  vim.fn.writefile({ '[package]' }, 'Cargo.toml')
  vim.cmd('edit! Cargo.toml')
  told.others = client_here() ~= nil

  told.tasks = {}
  local hook = vim.fn.getcwd() .. '/hook.sh'
  vim.fn.writefile({}, hook)
  local text = { 'tcp-close false', 'port 5', 'action-script ' .. hook, 'verbosity=4', 'port 6' }
  for name, task in pairs(require('criulint_tasks')(text, hook, wait)) do
    vim.fn.writefile(text, 'etc/criu/default.conf')
    vim.cmd('silent! only | edit! etc/criu/default.conf | edit!')
    vim.api.nvim_buf_set_lines(0, 0, -1, true, text)
    wait('diagnostics for ' .. name, function() return client_here() and #vim.diagnostic.get(0) > 1 end)
    local done, message = xpcall(task, debug.traceback)
    assert(done, name .. ': ' .. tostring(message))
    table.insert(told.tasks, name)
  end
  return told
end

package.path = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h') .. '/?.lua;' .. package.path

local ok, told = xpcall(main, debug.traceback)
io.stdout:write(vim.fn.json_encode(ok and told or { error = told }), '\n')
vim.cmd('qall!')

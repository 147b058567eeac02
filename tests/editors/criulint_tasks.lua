-- SPDX-License-Identifier: MIT
-- What a user does with a CRIU file and the keyboard; editors/features.json names these tasks.
local feed = function(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'xt', false)
end

local function line(number) return vim.api.nvim_buf_get_lines(0, number - 1, number, false)[1] end

local function go(number, column) vim.api.nvim_win_set_cursor(0, { number, (column or 1) - 1 }) end

local function at() return vim.api.nvim_win_get_cursor(0)[1] end

local function name() return vim.fn.fnamemodify(vim.api.nvim_buf_get_name(0), ':t') end

return function(text, hook, wait)
  local function choose(part, act)
    local before = vim.ui.select
    local found
    vim.ui.select = function(items, options, pick)
      for _, item in ipairs(items) do
        local shown = options.format_item and options.format_item(item) or tostring(item)
        if shown:find(part, 1, true) then
          found = shown
          return pick(item)
        end
      end
      error('not offered: ' .. part)
    end
    act()
    wait(part, function() return found end)
    vim.ui.select = before
  end
  local function code_action(part)
    go(1, 12)
    choose(part, vim.lsp.buf.code_action)
  end
  local function hover_text()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
      end
    end
    return ''
  end

  return {
    ['go to the next finding'] = function()
      go(1)
      vim.diagnostic.goto_next({ float = false })
      assert(at() == 1 and vim.api.nvim_win_get_cursor(0)[2] == 10)
    end,
    ['read what CRIU makes of a line'] = function()
      go(1, 3)
      vim.lsp.buf.hover()
      wait('the hover', function() return hover_text():find('sets tcp-close', 1, true) end)
    end,
    ['fix the finding at the cursor'] = function()
      code_action('Write `no-tcp-close`')
      wait('the fix', function() return line(1) == 'no-tcp-close' end)
    end,
    ['fix all'] = function()
      vim.cmd('CriulintFixAll')
      assert(line(1) == 'no-tcp-close', line(1))
    end,
    ['fix all on save'] = function()
      vim.cmd("autocmd BufWritePre <buffer> lua require('criulint').fix_all()")
      vim.cmd('silent write!')
      assert(vim.fn.readfile('etc/criu/default.conf')[1] == 'no-tcp-close')
      vim.cmd('autocmd! BufWritePre <buffer>')
    end,
    ['ignore a finding'] = function()
      code_action('Ignore CRIU201 value-ignored here')
      wait('the comment', function() return line(1) == text[1] .. ' # criulint: ignore[CRIU201]' end)
    end,
    ['ignore a rule in the whole file'] = function()
      code_action('Ignore CRIU201 value-ignored in the whole file')
      wait('the comment', function() return line(1) == '# criulint: ignore-file[CRIU201]' end)
    end,
    ['open the page of a rule'] = function()
      local opened
      local open, job = vim.ui.open, vim.fn.jobstart
      if open then
        vim.ui.open = function(page) opened = page end
      else
        vim.fn.jobstart = function(words) opened = words[2] end
      end
      go(1)
      choose('value-ignored', function() vim.cmd('CriulintRule') end)
      vim.ui.open, vim.fn.jobstart = open, job
      assert(opened:find('/rules/value-ignored/', 1, true), opened)
    end,
    ['choose the CRIU release'] = function()
      local function unknown()
        for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
          if diagnostic.message:find('CRIU 3.12 ', 1, true) then return true end
        end
      end
      vim.api.nvim_buf_set_lines(0, -1, -1, true, { 'network-lock skip' })
      choose('3.12', function() vim.cmd('CriulintRelease') end)
      wait('the release', unknown)
      choose('4.1.1', function() vim.cmd('CriulintRelease') end)
      wait('the release', function() return not unknown() end)
    end,
    ['open the file that a line names'] = function()
      go(3, 20)
      vim.lsp.buf.definition()
      wait('the file', function() return vim.api.nvim_buf_get_name(0) == hook end)
    end,
    ['jump to the conflicting line'] = function()
      go(2, 2)
      vim.lsp.buf.definition()
      wait('the line', function() return at() == 5 end)
    end,
    -- The keys are pressed in test_terminal.py: they need a terminal.
    ['complete an option and its value'] = function()
      vim.api.nvim_buf_set_lines(0, -1, -1, true, { 'network-lo' })
      go(6, 11)
      local params = vim.lsp.util.make_position_params(0, 'utf-16')
      params.position = { line = 5, character = 10 }
      local offered
      vim.lsp.buf_request(0, 'textDocument/completion', params, function(_, result) offered = result.items end)
      wait('the completion', function() return offered end)
      for _, item in ipairs(offered) do
        if item.label == 'network-lock' then vim.lsp.util.apply_text_edits({ item.textEdit }, vim.api.nvim_get_current_buf(), 'utf-16') end
      end
      assert(line(6):find('^network%-lock'), line(6))
    end,
    ['format the file'] = function()
      vim.api.nvim_buf_set_lines(0, 0, -1, true, { 'verbosity    4' })
      if vim.lsp.buf.format then
        vim.lsp.buf.format({ timeout_ms = 120000 })
      else
        vim.lsp.buf.formatting_sync({}, 120000)
      end
      assert(line(1) == 'verbosity 4', line(1))
    end,
    ['show what CRIU reads'] = function()
      vim.cmd('CriulintReading')
      assert(name() == 'What CRIU Reads', name())
      assert(line(2):find('ignores `false`', 1, true), line(2))
      go(5)
      feed('<CR>')
      assert(name() == 'default.conf' and at() == 4)
      feed('<C-w>p')
      feed('q')
      assert(name() == 'default.conf')
    end,
    ['show which value wins'] = function()
      go(2, 2)
      vim.cmd('CriulintWinners')
      local last = vim.api.nvim_buf_line_count(0)
      assert(line(last):find('port 6: this is what counts', 1, true), name() .. line(last))
      go(last)
      feed('gd')
      assert(name() == 'default.conf' and at() == 5)
    end,
    ['go to an option in the outline'] = function()
      vim.lsp.buf.document_symbol()
      wait('the outline', function() return #vim.fn.getloclist(0) + #vim.fn.getqflist() > 3 end)
    end,
  }
end

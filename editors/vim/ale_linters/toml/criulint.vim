" SPDX-License-Identifier: MIT
" Description: criulint's language server for its own configuration

call ale#Set('criu_criulint_executable', 'criulint')
call ale#Set('criu_criulint_settings', {})

" Of TOML files only criulint's own configuration is checked: no executable, no check.
function! ale_linters#toml#criulint#GetExecutable(buffer) abort
  let l:name = fnamemodify(bufname(a:buffer), ':t')
  return l:name =~# '^\.\?criulint\.toml$' ? ale#Var(a:buffer, 'criu_criulint_executable') : ''
endfunction

call ale#linter#Define('toml', {
\   'name': 'criulint',
\   'lsp': 'stdio',
\   'executable': function('ale_linters#toml#criulint#GetExecutable'),
\   'command': '%e lsp',
\   'language': 'toml',
\   'project_root': {buffer -> expand('#' . buffer . ':p:h')},
\   'initialization_options': {buffer -> ale#Var(buffer, 'criu_criulint_settings')},
\})

" SPDX-License-Identifier: MIT
" Description: criulint's language server for ALE

call ale#Set('criu_criulint_executable', 'criulint')
" Keys of criulint.toml, such as {'criu': '4.1.1'}.
call ale#Set('criu_criulint_settings', {})

function! ale_linters#criu#criulint#GetProjectRoot(buffer) abort
  for l:marker in ['criulint.toml', '.criulint.toml', 'pyproject.toml']
    let l:found = ale#path#FindNearestFile(a:buffer, l:marker)
    if !empty(l:found)
      return fnamemodify(l:found, ':h')
    endif
  endfor
  return expand('#' . a:buffer . ':p:h')
endfunction

call ale#linter#Define('criu', {
\   'name': 'criulint',
\   'lsp': 'stdio',
\   'executable': {buffer -> ale#Var(buffer, 'criu_criulint_executable')},
\   'command': '%e lsp',
\   'language': {buffer -> getbufvar(buffer, '&filetype')},
\   'project_root': function('ale_linters#criu#criulint#GetProjectRoot'),
\   'initialization_options': {buffer -> ale#Var(buffer, 'criu_criulint_settings')},
\})

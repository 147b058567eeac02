" SPDX-License-Identifier: MIT
" What the commands :Criulint... do: they run criulint over the text of the buffer.

function! s:Show(title, words) abort
  let l:lines = systemlist(join(map(['criulint'] + a:words, 'shellescape(v:val)')))
  botright vnew
  setlocal buftype=nofile bufhidden=wipe noswapfile nowrap
  silent! execute 'file' fnameescape(a:title)
  call setline(1, l:lines)
  setlocal nomodifiable
  nnoremap <buffer> q <Cmd>close<CR>
endfunction

" Show what CRIU reads in the file, as it is saved; `gF` on a path goes to its line.
function! criulint#Reading() abort
  call s:Show('What CRIU Reads', ['read', expand('%:p')])
endfunction

" Show which value of the option on the line wins, with the files around this one.
function! criulint#Winners() abort
  let l:words = ['effective', '--from', expand('%:p:h')]
  let l:name = matchstr(getline('.'), '^\s*\zs[^ \t=#"]\+')
  call s:Show('Which Value Wins', l:words + (empty(l:name) ? [] : ['--explain', l:name]))
endfunction

" Apply all safe fixes to the file.
function! criulint#FixAll() abort
  silent write
  call system('criulint check -q --fix ' . shellescape(expand('%:p')))
  silent edit
endfunction

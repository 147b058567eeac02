" SPDX-License-Identifier: MIT
function! s:Detect(path) abort
  let own = '\v(^|/)\.?criu/[^/]+\.conf$'
  let named = '\v(^|/)([^/]*criu[^/]*|runc|crun)\.conf$'
  " Parts of other programs' configuration.
  let others = '\v(^|/)([0-9]+-[^/]*|(init|[^/]+\.d)/[^/]*)$'
  if a:path =~# own || (a:path =~# named && a:path !~# others)
    set filetype=criu
  endif
endfunction

autocmd BufRead,BufNewFile *.conf call s:Detect(substitute(expand('<afile>:p'), '\\', '/', 'g'))

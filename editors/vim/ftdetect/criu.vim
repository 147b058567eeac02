" SPDX-License-Identifier: MIT
autocmd BufRead,BufNewFile */criu/*.conf,*/.criu/*.conf
\ if expand('<afile>:p:h:t') =~# '^\.\=criu$' | set filetype=criu | endif
autocmd BufRead,BufNewFile */etc/criu.conf,runc.conf,crun.conf set filetype=criu

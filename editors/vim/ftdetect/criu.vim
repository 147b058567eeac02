" SPDX-License-Identifier: GPL-2.0-only
autocmd BufRead,BufNewFile */criu/*.conf,*/.criu/*.conf,*/etc/criu.conf,runc.conf,crun.conf set filetype=criu

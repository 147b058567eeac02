" SPDX-License-Identifier: GPL-2.0-only
autocmd BufRead,BufNewFile */criu/*.conf,*/.criu/*.conf set filetype=criu

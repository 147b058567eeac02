" SPDX-License-Identifier: MIT
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s comments=:#
" Names of options have hyphens: completion replaces the whole of what is typed.
setlocal iskeyword+=-
setlocal formatprg=criulint\ format\ -q\ -
compiler criulint

let b:undo_ftplugin = "setlocal commentstring< comments< iskeyword< formatprg< makeprg< errorformat<"

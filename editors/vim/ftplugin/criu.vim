" SPDX-License-Identifier: MIT
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s comments=:#
setlocal formatprg=criulint\ format\ -q\ -
compiler criulint

let b:undo_ftplugin = "setlocal commentstring< comments< formatprg< makeprg< errorformat<"

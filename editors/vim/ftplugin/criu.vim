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

command! -buffer CriulintReading call criulint#Reading()
command! -buffer CriulintWinners call criulint#Winners()
command! -buffer CriulintFixAll call criulint#FixAll()

let b:undo_ftplugin = "delcommand CriulintReading | delcommand CriulintWinners | delcommand CriulintFixAll | setlocal commentstring< comments< iskeyword< formatprg< makeprg< errorformat<"

" SPDX-License-Identifier: MIT
" :make fills the quickfix list with the findings; in other file types after :compiler criulint
if exists("current_compiler")
  finish
endif
let current_compiler = "criulint"

if exists(":CompilerSet") != 2
  command -nargs=* CompilerSet setlocal <args>
endif

CompilerSet makeprg=criulint\ check\ -q\ --color\ never\ --format\ concise\ %:S
CompilerSet errorformat=%f:%l:%c:\ %t%*[a-z]:\ %m,%-G%.%#

;;; criu-mode.el --- Configuration files of CRIU -*- lexical-binding: t -*-
;; SPDX-License-Identifier: GPL-2.0-only
;; Package-Requires: ((emacs "28.1"))

;;; Commentary:
;; A mode for /etc/criu/*.conf and ~/.criu/*.conf, and eglot's way to criulint's language server.
;; Eglot is a part of Emacs from 29 on, and in GNU ELPA before.

;;; Code:

(require 'conf-mode)

;;;###autoload
(define-derived-mode criu-mode conf-space-mode "CRIU"
  "Major mode for the configuration files of CRIU."
  (conf-mode-initialize "#"))

;;;###autoload
(add-to-list 'auto-mode-alist '("/\\.?criu/[^/]+\\.conf\\'" . criu-mode))

;;;###autoload
(with-eval-after-load 'eglot
  (defvar eglot-server-programs)
  (add-to-list 'eglot-server-programs '(criu-mode . ("criulint" "lsp"))))

(provide 'criu-mode)
;;; criu-mode.el ends here

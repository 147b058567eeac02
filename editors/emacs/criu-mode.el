;;; criu-mode.el --- Configuration files of CRIU -*- lexical-binding: t -*-
;; SPDX-License-Identifier: MIT
;; Package-Requires: ((emacs "28.1"))

;;; Commentary:
;; A mode for /etc/criu/*.conf and ~/.criu/*.conf, which tells Eglot to use criulint.
;; Eglot is part of Emacs 29 and later; for Emacs 28 it is in GNU ELPA.

;;; Code:

(require 'conf-mode)

(defvar criu-mode-syntax-table
  (let ((table (make-syntax-table conf-unix-mode-syntax-table)))
    (modify-syntax-entry ?\" "." table)
    (modify-syntax-entry ?' "." table)
    (modify-syntax-entry ?\\ "." table)
    table)
  "Syntax table of `criu-mode'; `criu-mode--syntax' finds strings and comments.")

(defconst criu-mode--syntax
  (syntax-propertize-rules
   ;; A string ends on its line, at a quote without a backslash before it.
   ("\\(\"\\)\\(?:[^\"\\\n]\\|\\\\+[^\\\n]\\)*\\(\"\\)" (1 "|") (2 "|"))
   ;; A comment is at the start of a line or after a blank.
   ("[^ \t\n]\\(#\\)" (1 "."))))

(defconst criu-mode--font-lock
  '(("^[ \t]*\\(no-\\)?\\([^][ \t\n#=\"]+\\)[ \t]*\\(=\\)?"
     (1 font-lock-keyword-face nil t) (2 font-lock-variable-name-face))
    ("[ \t=]\\([0-9]+[KMG]?\\)\\(?:[ \t]\\|$\\)" 1 font-lock-constant-face)
    ("\\(\"\\)[^\"\n]*$" 1 font-lock-warning-face)
    ("#[ \t]*\\(criulint:[ \t]*ignore\\(?:-file\\)?\\(?:\\[[^]\n]*\\]\\)?\\)" 1 font-lock-preprocessor-face prepend)))

;;;###autoload
(define-derived-mode criu-mode conf-unix-mode "CRIU"
  "Major mode for CRIU configuration files."
  (conf-mode-initialize "#" 'criu-mode--font-lock)
  (setq-local syntax-propertize-function criu-mode--syntax))

;;;###autoload
(dolist (entry
         '(("/\\(?:[^/]*criu[^/]*\\|runc\\|crun\\)\\.conf\\'" . criu-mode)
           ;; Parts of other programs' configuration.
           ("/\\(?:[0-9]+-[^/]*criu[^/]*\\|\\(?:init\\|[^/]+\\.d\\)/\\(?:[^/]*criu[^/]*\\|runc\\|crun\\)\\)\\.conf\\'"
            . conf-mode-maybe)
           ("/\\.?criu/[^/]+\\.conf\\'" . criu-mode)))
  ;; The last one comes first.
  (add-to-list 'auto-mode-alist entry))

;;;###autoload
(with-eval-after-load 'eglot
  (defvar eglot-server-programs)
  (add-to-list 'eglot-server-programs '(criu-mode . ("criulint" "lsp"))))

(provide 'criu-mode)
;;; criu-mode.el ends here

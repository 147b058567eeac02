;;; criu-mode.el --- Configuration files of CRIU -*- lexical-binding: t -*-
;; SPDX-License-Identifier: MIT
;; Package-Requires: ((emacs "28.1"))

;;; Commentary:
;; A mode for /etc/criu/*.conf and ~/.criu/*.conf, which tells Eglot to use criulint.
;; Eglot is part of Emacs 29 and later; for Emacs 28 it is in GNU ELPA.

;;; Code:

(require 'button)
(require 'conf-mode)
(require 'seq)
(require 'subr-x)
(require 'url-parse)
(require 'url-util)

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

(declare-function eglot-current-server "eglot")
(declare-function eglot--TextDocumentIdentifier "eglot")
(declare-function eglot--apply-workspace-edit "eglot")
(declare-function jsonrpc-request "jsonrpc")
(declare-function eglot-signal-didChangeConfiguration "eglot")

(defun criulint--server ()
  "Return the language server of this buffer."
  (or (eglot-current-server) (user-error "Criulint does not run for this file")))

(defun criulint--request (method params)
  "Return what the server answers; METHOD and PARAMS are the protocol's."
  (jsonrpc-request (criulint--server) method params))

(defun criulint--execute (command &rest more)
  "Return what COMMAND of the server says; MORE are its other arguments."
  (criulint--request :workspace/executeCommand
                     (list :command command
                           :arguments (vconcat (list (criulint--uri)) more))))

(defun criulint--uri ()
  "Return the URI of this file."
  (plist-get (eglot--TextDocumentIdentifier) :uri))

(defun criulint--follow (button)
  "Go to the line that BUTTON of a text leads to."
  (let ((link (button-get button 'criulint-link)))
    (find-file-other-window (url-unhex-string (url-filename (url-generic-parse-url (plist-get link :uri)))))
    (goto-char (point-min))
    (forward-line (plist-get link :targetLine))
    (forward-char (plist-get link :targetCharacter))))

(defun criulint--show (title view)
  "Show VIEW, a text of the server, in a buffer called TITLE."
  (unless view (user-error "There is nothing to show for this file"))
  (with-current-buffer (get-buffer-create (format "*%s*" title))
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert (plist-get view :text))
      (seq-doseq (link (plist-get view :links))
        (goto-char (point-min))
        (forward-line (plist-get link :line))
        (make-text-button (+ (point) (plist-get link :start)) (+ (point) (plist-get link :end))
                          'action #'criulint--follow 'criulint-link link)))
    (special-mode)
    (setq truncate-lines t)
    (goto-char (point-min))
    (display-buffer (current-buffer))))

;;;###autoload
(defun criulint-show-reading ()
  "Show what CRIU reads in this file; its buttons lead to the lines."
  (interactive)
  (criulint--show "What CRIU Reads" (criulint--execute "criulint.reading")))

;;;###autoload
(defun criulint-show-winners ()
  "Show which value wins of the option at point, or of all options."
  (interactive)
  (criulint--show "Which Value Wins"
                  (criulint--execute "criulint.winners"
                                     (list :line (1- (line-number-at-pos nil t))
                                           :character (- (point) (line-beginning-position))))))

;;;###autoload
(defun criulint-fix-all ()
  "Apply all safe fixes; in `before-save-hook', before each save."
  (interactive)
  (let* ((last (count-lines (point-min) (point-max)))
         (actions (criulint--request
                   :textDocument/codeAction
                   (list :textDocument (list :uri (criulint--uri))
                         :range (list :start '(:line 0 :character 0) :end (list :line last :character 0))
                         :context '(:diagnostics [] :only ["source.fixAll.criulint"])))))
    (seq-doseq (action actions)
      (when-let ((edit (plist-get action :edit)))
        (eglot--apply-workspace-edit edit nil)))))

;;;###autoload
(defun criulint-choose-release (release)
  "Let RELEASE of CRIU read the files, until Emacs ends."
  (interactive
   (let ((read (criulint--execute "criulint.inForce")))
     (list (completing-read (format "CRIU release (%s is in force): " (plist-get read :criu))
                            (append '("installed") (plist-get read :releases) nil)))))
  (let* ((all (default-value 'eglot-workspace-configuration))
         (known (and (keywordp (car-safe all)) all))
         (ours (plist-put (copy-sequence (plist-get known :criulint)) :criu release)))
    (setq-default eglot-workspace-configuration
                  (plist-put (copy-sequence known) :criulint ours))
    (eglot-signal-didChangeConfiguration (criulint--server))))

;;;###autoload
(defun criulint-open-rule ()
  "Open the page of the rule of a finding on this line."
  (interactive)
  (let* ((line (1- (line-number-at-pos nil t)))
         (range (list :start (list :line line :character 0) :end (list :line line :character 0)))
         (actions (criulint--request
                   :textDocument/codeAction
                   (list :textDocument (list :uri (criulint--uri)) :range range
                         :context '(:diagnostics []))))
         (pages (delete-dups
                 (seq-mapcat (lambda (action)
                               (mapcar (lambda (one)
                                         (plist-get (plist-get one :codeDescription) :href))
                                       (plist-get action :diagnostics)))
                             actions))))
    (unless pages (user-error "There is no finding on this line"))
    (browse-url (if (cdr pages) (completing-read "Rule: " pages nil t) (car pages)))))

;;;###autoload
(define-derived-mode criulint-toml-mode conf-toml-mode "Criulint"
  "Major mode for criulint.toml, of which `eglot' asks criulint alone.")

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
(add-to-list 'auto-mode-alist '("/\\.?criulint\\.toml\\'" . criulint-toml-mode))

;;;###autoload
(with-eval-after-load 'eglot
  (defvar eglot-server-programs)
  (add-to-list 'eglot-server-programs '((criu-mode criulint-toml-mode) . ("criulint" "lsp"))))

(provide 'criu-mode)
;;; criu-mode.el ends here

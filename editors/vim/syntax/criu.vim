" SPDX-License-Identifier: MIT
" Made by editors/generate.py out of criulint's schemas: change that, and run it again.
if exists("b:current_syntax")
  finish
endif

syn case match
syn match criuUnknown /^\s*\zs[^ \t=#"]\+/ nextgroup=criuEquals,criuValue skipwhite
syn match criuOption /^\s*\zs\%(work-dir\|weak-sysctls\|veth-pair\|verbosity\|unprivileged\|tree\|track-mem\|tls-no-cn-verify\|tls-key\|tls-cert\|tls-cacrl\|tls-cacert\|tls\|timeout\|tcp-established\|tcp-close\|stream\|status-fd\|skip-mnt\|skip-in-flight\|skip-file-rwx-check\|shell-job\|root\|restore-sibling\|restore-detached\|ps-socket\|prev-images-dir\|pre-dump-mode\|port\|plugin-option\|pidfile\|page-server\|no-weak-sysctls\|no-unprivileged\|no-track-mem\|no-tls\|no-tcp-established\|no-tcp-close\|no-stream\|no-skip-in-flight\|no-skip-file-rwx-check\|no-shell-job\|no-restore-sibling\|no-restore-detached\|no-page-server\|no-mntns-compat-mode\|no-log-pid\|no-link-remap\|no-ghost-fiemap\|no-force-irmap\|no-file-locks\|no-extra\|no-experimental\|no-evasive-devices\|no-display-stats\|no-deprecated\|no-default-config\|no-daemon\|no-auto-dedup\|no-allow-uprobes\|network-lock\|mntns-compat-mode\|manage-cgroups\|lsm-profile\|lsm-mount-context\|log-pid\|log-file\|link-remap\|libdir\|leave-stopped\|leave-running\|lazy-pages\|join-ns\|irmap-scan-path\|inherit-fd\|images-dir\|image-io-mode\|ghost-limit\|ghost-fiemap\|freeze-cgroup\|force-irmap\|file-validation\|file-locks\|feature\|extra\|external\|ext-unix-sk\|ext-mount-map\|experimental\|exec-cmd\|evasive-devices\|enable-fs\|enable-external-sharing\|enable-external-masters\|empty-ns\|display-stats\|deprecated\|decompress-threads\|daemon\|cpu-cap\|config\|compress-block\|compress-acceleration\|compress\|close\|cgroup-yard\|cgroup-root\|cgroup-props-file\|cgroup-props\|cgroup-dump-controller\|auto-dedup\|allow-uprobes\|all\|address\|action-script\)\ze\%(\s\|=\|$\)/ nextgroup=criuEquals,criuValue skipwhite
syn match criuValue /[^ \t#"][^ \t]*/ contained contains=criuNumber,criuChoice
syn match criuValue /"\%([^"]\|\\\@1<="\)*"\?/ contained
syn match criuEquals /=/ contained nextgroup=criuValue skipwhite
syn match criuNumber /[0-9]\+[KMG]\?\ze\%(\s\|$\)/ contained
syn match criuChoice /\<\%(writeback\|userns\|uffd-noncoop\|uffd\|tun_ns\|tun\|timerfd\|timer_cr_ids\|timens\|tcp_half_closed\|strict\|splice\|soft\|sockopt_buf_lock\|skip\|sk_unix_file\|sk_ns\|seccomp_suspend\|seccomp_filters\|read\|props\|pidfd_store\|pagemap_scan_guard_pages\|pagemap_scan\|overlayfs_maps\|openat2\|nsid\|ns_pid\|none\|nftables\|newifindex\|network_lock_nftables\|net_diag_raw\|net\|move_mount_set_group\|mnt_id\|memfd_hugetlb\|mem_dirty_track\|loginuid\|link_nsid\|kcmp_epoll\|ipv6_freebind\|iptables\|ignore\|has_ipt_legacy\|get_rseq_conf\|full\|filesize\|fdinfo_lock\|external_net_ns\|encryption\|direct\|compress\|compat_cr\|clone3_set_tid\|cgroupns\|can_map_vdso\|buildid\|breakpoints\|binfmt_misc_sandboxing\|autofs\|apparmor_stacking\|aio_remap\)\ze\%(\s\|$\)/ contained
syn match criuComment /\%(^\|\s\)\@1<=#.*$/ contains=criuSuppression,criuTodo
syn match criuSuppression /#\s*\zscriulint:\s*ignore\%(-file\)\?\%(\[[^]]*\]\)\?/ contained
syn keyword criuTodo TODO FIXME XXX contained

hi def link criuOption Statement
hi def link criuUnknown Normal
hi def link criuEquals Operator
hi def link criuValue String
hi def link criuNumber Number
hi def link criuChoice Constant
hi def link criuComment Comment
hi def link criuSuppression SpecialComment
hi def link criuTodo Todo

let b:current_syntax = "criu"

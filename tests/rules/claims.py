# SPDX-License-Identifier: MIT
"""What the rules of 3xx to 5xx claim of CRIU and its callers, and what shows it.

A claim is what one function of a rule says, for some releases, roles and runtimes. It is shown by a
run of a real CRIU (``tests/oracle``), or else by a line of source; ``test_claims.py`` holds that
each function has a claim and that each run exists.
"""

from __future__ import annotations

from typing import NamedTuple

ALL = "all"
CLI = "command line"
REQUESTS = "requests"


class Claim(NamedTuple):
    """`check` is a function below ``criulint.rules``; what it `says` holds where the rest tells.

    `releases`: from the first to the last, or `ALL`. `roles`: of the file; `runtimes`: who calls
    CRIU (`CLI`: its own commands and LXC; `REQUESTS`: `criu swrk`). `runs` are claims or functions
    of ``tests/oracle``; `sources` are files with a function or a tag. A claim about the file alone
    has neither, and says `of the file`.
    """

    check: str
    says: str
    releases: str = ALL
    roles: str = ALL
    runtimes: str = ALL
    runs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


_REPEATS = "criu/config.c, parse_options (v3.11 to v4.2)"
_OPTIONS = "criu/config.c, check_options (v3.12 to v4.2)"
_MAIN = "criu/crtools.c, main (v3.11 to v4.2)"
_REQUEST = "criu/cr-service.c, setup_opts_from_req (v3.11 to v4.2)"
_WIRE = "criulint/criu/runtimes.json"
OF_THE_FILE = "of the file"

CLAIMS = (
    # CRIU301 duplicate-option
    Claim(
        "conflicts.duplicate_option.check_values",
        "of several values the last one counts",
        runs=("test_effective.test_flags_and_numbers",),
        sources=(_REPEATS,),
    ),
    Claim(
        "conflicts.duplicate_option.check_levels",
        "a bare verbosity adds one to the level",
        runs=("test_values.test_levels_add_up",),
    ),
    Claim(
        "conflicts.duplicate_option.check_lists",
        "a value that stands twice is kept twice",
        runs=("test_rpc.test_action_scripts_run_once_for_each_reading",),
        sources=(_REPEATS,),
    ),
    Claim(
        "conflicts.duplicate_option.check_lists",
        "cgroup-root without a controller, and some of cpu-cap, take back earlier values",
        runs=("test_effective_rpc.test_requests_between_two_files",),
        sources=("schema/annotations.json",),
    ),
    # CRIU302 conflicting-options
    Claim(
        "conflicts.conflicting_options.check_tcp",
        "tcp-close closes what tcp-established would keep",
        runs=("test_rpc.test_tcp_close_closes_what_tcp_established_would_keep",),
    ),
    Claim(
        "conflicts.conflicting_options.check_final_state",
        "leave-running and leave-stopped are one variable",
        runs=("test_rpc.test_client_can_take_leave_running_to_leave_stopped",),
        sources=(_REPEATS,),
    ),
    Claim(
        "conflicts.conflicting_options.check_namespaces",
        "join-ns net with empty-ns is refused",
        runs=(
            "test_commands: join-ns with empty-ns",
            "test_rpc: join-ns with empty-ns in the RPC file",
        ),
        sources=("criu/namespaces.c, check_namespace_opts (v3.11 to v4.2)",),
    ),
    Claim(
        "conflicts.conflicting_options.check_sent_namespace",
        "a client that sends empty-ns conflicts with the join-ns net of a file",
        runtimes="runc",
        runs=("test_rpc.test_client_that_empties_what_a_file_joins",),
        sources=(_WIRE,),
    ),
    Claim(
        "conflicts.conflicting_options.check_program",
        "a detached restore starts no program",
        runtimes=CLI,
        sources=(_MAIN,),
    ),
    Claim(
        "conflicts.conflicting_options.check_status",
        "the manual advises against status-fd with daemon",
        sources=("Documentation/criu.txt, page-server (v3.11 to v4.2)",),
    ),
    Claim(
        "conflicts.conflicting_options.check_page_server_address",
        "ps-socket beats address and port; with tls the address is the name of the server",
        sources=(
            "criu/page-xfer.c, connect_to_page_server (v3.11 to v4.2)",
            "criu/tls.c, tls_x509_verify_peer_cert (v3.13 to v4.2)",
            _OPTIONS,
        ),
    ),
    Claim(
        "conflicts.conflicting_options.check_page_server_socket",
        "a detached CRIU refuses descriptors 0 to 2",
        "3.13",
        runs=("test_commands: ps-socket with daemon",),
    ),
    Claim(
        "conflicts.conflicting_options.check_stream_to_page_server",
        "a dump cannot stream to a page server",
        "4.3",
        sources=("criu/config.c, check_options (v4.3)",),
    ),
    Claim(
        "conflicts.conflicting_options.check_stream",
        "a CRIU that streams ignores prev-images-dir",
        "3.15",
        sources=("criu/image.c, open_image_dir (v3.15 to v4.2)",),
    ),
    Claim(
        "conflicts.conflicting_options.check_cgroups",
        "manage-cgroups=ignore disables all about cgroups",
        "3.13",
        sources=("criu/cgroup.c, dump_cgroups and prepare_cgroup (v3.13 to v4.2)",),
    ),
    # CRIU303 contradicted-option
    Claim(
        "conflicts.contradicted_option.contradicted_option",
        "NAME and no-NAME are one variable, daemon and restore-detached, too",
        runs=("test_effective.test_flags_and_numbers", "test_tables.test_negations"),
    ),
    # CRIU304 missing-companion
    Claim(
        "conflicts.missing_companion.check_sibling",
        "restore-sibling alone makes every command fail",
        runtimes=CLI,
        runs=(
            "test_commands: restore-sibling",
            "test_commands: restore-sibling with restore-detached",
        ),
        sources=("criu/crtools.c, main (v3.11)",),
    ),
    Claim(
        "conflicts.missing_companion.check_sibling",
        "restore-sibling alone makes every dump fail, and no restore",
        "3.12",
        runtimes=REQUESTS,
        runs=(
            "test_rpc: restore-sibling in the default file",
            "test_rpc: restore-sibling in the default file, restore",
            "test_rpc: restore-sibling in the RPC file",
            "test_rpc: restore-sibling in the RPC file, restore",
        ),
        sources=(_OPTIONS,),
    ),
    Claim(
        "conflicts.missing_companion.check_page_server",
        "a dump without the server's address or port fails",
        runs=(
            "test_commands: page-server without address",
            "test_commands: page-server without port",
            "test_rpc: page-server without address in the RPC file, pre-dump",
            "test_commands.test_page_server_and_tls",
        ),
    ),
    Claim(
        "conflicts.missing_companion.check_tls_is_on",
        "certificates do nothing without tls",
        "3.13",
        sources=("criu/tls.c, tls_x509_init (v3.13 to v4.2)",),
    ),
    Claim(
        "conflicts.missing_companion.check_tls_pair",
        "CRIU has a default for the certificate and for its key",
        "3.13",
        runs=("test_commands.test_page_server_and_tls",),
        sources=("criu/tls.c, tls_x509_setup_creds (v3.13 to v4.2)",),
    ),
    Claim(
        "conflicts.missing_companion.check_external_mounts",
        "enable-external-* do nothing unless CRIU detects external mounts",
        roles="all of a dump",
        runtimes="all but LXC, which passes ext-mount-map auto",
        sources=("criu/mount.c, resolve_external_mounts (v3.11 to v4.2)", _WIRE),
    ),
    # CRIU305 breaks-other-commands
    Claim(
        "conflicts.breaks_other_commands.check_mntns_compat_mode",
        "every dump and pre-dump fails, and no restore",
        "3.17",
        runs=(
            "test_commands: mntns-compat-mode",
            "test_rpc: mntns-compat-mode in the default file",
            "test_rpc: mntns-compat-mode in the RPC file",
            "test_rpc: mntns-compat-mode in the RPC file, pre-dump",
            "test_rpc: mntns-compat-mode in the RPC file, restore",
        ),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_inherit_fd",
        "every dump fails, and no restore",
        runtimes=CLI,
        runs=("test_commands: inherit-fd", "test_rpc: inherit-fd in the default file"),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_inherit_fd",
        "every restore fails, as the descriptor is stored twice",
        "up to 4.1.1",
        "rpc",
        REQUESTS,
        runs=(
            "test_rpc: inherit-fd in the RPC file, restore",
            "test_rpc: inherit-fd in the RPC file, restore, 4.2",
        ),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_exec_cmd",
        "every command fails but a restore with a program",
        runtimes=CLI,
        runs=(
            "test_commands: exec-cmd",
            "test_rpc: exec-cmd in the default file",
            "test_rpc: exec-cmd in the RPC file",
        ),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_stream",
        "commands without images fail, and others without a streamer",
        "3.15",
        runtimes=CLI,
        runs=(
            "test_commands: stream for commands without images",
            "test_commands: stream without criu-image-streamer",
        ),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_lazy_pages",
        "a pre-dump is refused, a dump waits, a restore needs a daemon",
        "3.12",
        runtimes=CLI,
        runs=(
            "test_commands: lazy-pages on pre-dump",
            "test_commands: lazy-pages on restore",
        ),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_compression",
        "every command fails without LZ4, and page-server always",
        "4.3",
        sources=("criu/config.c, check_options (v4.3)",),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_prev_images_dir",
        "every command whose images have no such directory fails; one that is there does no harm",
        "3.16",
        runs=(
            "test_commands: prev-images-dir is missing",
            "test_commands: prev-images-dir is there",
            "test_rpc: prev-images-dir of the RPC file is missing",
            "test_rpc: prev-images-dir of the RPC file is missing, restore",
            "test_rpc: prev-images-dir of the RPC file is there",
            "test_rpc.test_parent_images_are_the_clients",
        ),
        sources=("criu/image.c, open_image_dir (v3.15 and v3.16)",),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_auto_dedup",
        "a restore punches holes into its images",
        sources=("criu/pagemap.c, process_async_reads and read_local_page (v3.11 to v4.2)",),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_lsm_profile",
        "dumps and restores fail without a known type; a dump without the module; `none:` is fine",
        runs=(
            "test_commands: lsm-profile of another LSM",
            "test_commands: lsm-profile without a type",
            "test_commands: lsm-profile none:",
            "test_rpc: lsm-profile of another LSM in the RPC file",
            "test_rpc: lsm-profile without a type in the RPC file",
            "test_rpc: lsm-profile without a type in the RPC file, restore",
            "test_rpc: lsm-profile none: in the RPC file",
        ),
        sources=("criu/lsm.c, lsm_check_opts (v3.11 to v4.2)",),
    ),
    Claim(
        "conflicts.breaks_other_commands.check_no_restore_detached",
        "a restore does not answer, or is refused if the client asks for a sibling (3.12)",
        roles="rpc",
        runtimes=REQUESTS,
        runs=(
            "test_rpc.test_restore_that_waits_for_what_it_restored",
            "test_rpc.test_sibling_needs_a_detached_restore",
        ),
        sources=(_WIRE,),
    ),
    # CRIU306 not-for-a-file
    Claim(
        "conflicts.not_for_a_file.not_for_a_file",
        "close closes CRIU's own descriptor; feature makes check blind",
        runs=("test_values.test_number_of_close", "test_commands.test_feature_makes_check_blind"),
    ),
    Claim(
        "conflicts.not_for_a_file.not_for_a_file",
        "tree and exec-cmd have no effect",
        runtimes=REQUESTS,
        runs=(
            "test_rpc: tree in the RPC file",
            "test_rpc: exec-cmd in the RPC file, restore",
        ),
    ),
    # CRIU307 to CRIU310
    Claim(
        "conflicts.deprecated_option.deprecated_option",
        "CRIU has a successor",
        sources=("schema/annotations.json",),
    ),
    Claim(
        "conflicts.undocumented_option.undocumented_option",
        "neither the help nor the manual has it",
        sources=("schema/facts",),
    ),
    Claim(
        "conflicts.risky_option.risky_option",
        "it switches a protection off; what leaves processes does so at a dump",
        runs=("test_rpc.test_client_can_not_take_back_what_leaves_the_process",),
        sources=("criu/cr-dump.c, cr_pre_dump_finish and cr_dump_finish (v4.2)", _REPEATS),
    ),
    Claim(
        "conflicts.no_effect_value.no_effect_value",
        "it is the default; tls-cacert and tls-cacrl never are",
        roles="default, cli",
        runs=("test_effective.test_nothing_else_is_switched_on",),
        sources=("criu/config.c, init_opts (v4.2)", "criu/tls.c, tls_x509_setup_creds (v4.2)"),
    ),
    # CRIU311 needs-kernel
    Claim(
        "conflicts.needs_kernel.check_track_mem",
        "every command fails where the kernel tracks no memory",
        "3.18, dumps before",
        runs=("test_commands.test_track_mem_takes_a_kernel_that_tracks_memory",),
        sources=(
            "criu/kerndat.c, kerndat_get_dirty_track (v3.11 to v3.17)",
            "criu/mem.c, task_reset_dirty_track (v3.11 to v3.17)",
        ),
    ),
    Claim(
        "conflicts.needs_kernel.check_lazy_pages",
        "a dump hangs until the pages are fetched, a restore needs a daemon",
        runs=(
            "test_rpc.test_dump_with_lazy_pages_keeps_its_client_waiting",
            "test_rpc: lazy-pages in the RPC file, restore",
            "test_commands: lazy-pages on restore",
        ),
    ),
    # CRIU401 overridden-by-runtime
    Claim(
        "runtime.overridden_by_runtime.check_level_over_rpc",
        "the client's level comes after its file",
        "4.2",
        "rpc",
        REQUESTS,
        runs=("test_rpc.test_verbosity_is_the_clients",),
    ),
    Claim(
        "runtime.overridden_by_runtime.check_default_file",
        "what a runtime sends replaces what default files set",
        roles="default, user, env",
        runs=("test_rpc.test_client_overrules_the_default_file",),
        sources=(_REQUEST, _WIRE),
    ),
    # CRIU402, CRIU403
    Claim(
        "runtime.file_never_read.file_never_read",
        "nothing opens a file of this name",
        runs=("test_commands.test_later_files_have_the_last_word",),
        sources=("criu/config.c, next_config (v3.11 to v4.2)", _WIRE),
    ),
    Claim(
        "runtime.not_read_by_runtime.not_read_by_runtime",
        "the runtime does not name the file",
        roles="rpc",
        sources=(_WIRE,),
    ),
    # CRIU404 crashes-criu
    Claim(
        "runtime.crashes_criu.check_stream",
        "CRIU aborts",
        "3.15 to 4.2.1",
        "all but cli",
        REQUESTS,
        runs=(
            "test_rpc: stream in the RPC file",
            "test_rpc: stream in the default file",
            "test_rpc: stream in the RPC file, restore",
        ),
    ),
    Claim(
        "runtime.crashes_criu.check_network_lock",
        "CRIU crashes",
        "3.16 to 4.2",
        "rpc",
        REQUESTS,
        runs=(
            "test_rpc: network-lock in the RPC file",
            "test_rpc: network-lock in the RPC file, mended",
            "test_rpc: network-lock in the RPC file, on restore",
            "test_rpc: network-lock in the default file",
        ),
    ),
    Claim(
        "runtime.crashes_criu.check_action_script",
        "CRIU aborts if the client asks for notifications",
        "up to 3.18",
        runtimes="runc; crun's restores",
        runs=("test_rpc.test_client_hears_of_the_stages_besides",),
        sources=("criu/action-scripts.c, add_rpc_notify (v3.11 to v3.18)", _WIRE),
    ),
    # CRIU405 repeated-across-files
    Claim(
        "runtime.repeated_across_files.check_action_script",
        "the script runs twice",
        "3.19 to 4.1.1",
        "rpc",
        REQUESTS,
        runs=("test_rpc.test_action_scripts_run_once_for_each_reading",),
    ),
    Claim(
        "runtime.repeated_across_files.check_bridge",
        "a restore attaches a device to its bridge twice, which fails",
        "up to 4.1.1",
        "rpc",
        REQUESTS,
        sources=(
            "criu/net.c, move_to_bridge and veth_pair_add (v3.11 to v4.1.1)",
            "Linux net/bridge/br_if.c, br_add_if",
        ),
    ),
    Claim(
        "runtime.repeated_across_files.find_repeats",
        "what adds up does so across files; a request replaces the level",
        runs=(
            "test_commands.test_later_files_have_the_last_word",
            "test_rpc.test_verbosity_is_the_clients",
        ),
    ),
    # CRIU406 shared-output
    Claim(
        "runtime.shared_output.check_pidfile",
        "the second restore fails",
        runs=("test_commands.test_pidfile_that_is_there_kills_what_was_restored",),
        sources=("criu/log.c, write_pidfile (v3.11 to v4.2)",),
    ),
    Claim(
        "runtime.shared_output.check_images_dir",
        "every request fails",
        "up to 4.1.1",
        "rpc",
        REQUESTS,
        runs=(
            "test_rpc: images-dir in the RPC file",
            "test_rpc: images-dir in the RPC file, 4.2",
            "test_rpc.test_images_go_where_the_rpc_file_or_the_client_says",
        ),
    ),
    Claim(
        "runtime.shared_output.check_log_file",
        "every command empties it",
        runs=("test_machine.test_log_file_follows_a_link",),
    ),
    Claim(
        "runtime.shared_output.check_work_dir",
        "logs and statistics go there",
        runs=("test_rpc.test_order_of_work_directories",),
    ),
    # CRIU407 to CRIU409
    Claim(
        "runtime.cannot_be_undone.check_running",
        "no client and no option makes the processes of a dump end",
        roles="default, user, env",
        runs=(
            "test_rpc.test_client_can_not_take_back_what_leaves_the_process",
            "test_commands.test_leave_running_stays",
        ),
    ),
    Claim(
        "runtime.cannot_be_undone.check_stopped",
        "no client makes the processes of a dump or restore run, but a dump's with leave-running",
        roles="default, user, env",
        runs=(
            "test_rpc.test_client_can_not_take_back_what_leaves_the_process",
            "test_rpc.test_client_can_take_leave_running_to_leave_stopped",
            "test_rpc.test_leave_stopped_stops_what_is_restored",
        ),
    ),
    Claim(
        "runtime.environment_stripped.environment_stripped",
        "the engine does not pass the variable on",
        roles="user, env",
        sources=(_WIRE,),
    ),
    Claim(
        "runtime.needs_both_sides.check_dump_alone",
        "a restore needs tcp-close (3.15), tcp-established and allow-uprobes (4.2), too",
        runs=(
            "test_rpc.test_tcp_close_for_dump_alone_breaks_restore",
            "test_commands.test_what_tcp_close_at_dump_asks_of_restore",
            "test_commands.test_what_tcp_established_at_dump_asks_of_restore",
        ),
        sources=("criu/image.c, check_img_inventory (v3.15 to v4.2)",),
    ),
    Claim(
        "runtime.needs_both_sides.check_restore_alone",
        "a restore with cpu-cap needs a dump with it",
        runs=(
            "test_commands: cpu-cap on restore only",
            "test_commands: cpu-cap on restore only, 4.2",
        ),
    ),
    Claim(
        "runtime.needs_both_sides.check_runtime_restore",
        "crun sends tcp-close false at restore alone",
        "3.15",
        "default, user, env",
        "crun 1.23",
        runs=("test_rpc.test_tcp_close_for_dump_alone_breaks_restore",),
        sources=(_WIRE,),
    ),
    # CRIU501 path-missing
    Claim(
        "environment.path_missing.check_action_scripts",
        "dumps and restores fail",
        runs=(
            "test_machine: a link to nothing for a script",
            "test_machine: a script by its name",
            "test_machine: a script whose name is nowhere",
            "test_commands: action-script is missing",
        ),
    ),
    Claim(
        "environment.path_missing.check_directories",
        "the commands that use it fail",
        runs=(
            "test_commands: images-dir is missing",
            "test_commands: work-dir is missing",
            "test_commands: libdir is missing",
            "test_rpc: work-dir of the default file is missing",
            "test_rpc: libdir of the RPC file is missing",
            "test_machine: a file for a libdir",
        ),
        sources=("criu/cgroup.c, prepare_cgroup_sfd (v3.14 to v4.2)",),
    ),
    Claim(
        "environment.path_missing.check_freezer",
        "every dump fails",
        runs=("test_commands: freeze-cgroup is missing",),
        sources=("criu/seize.c (v3.13 and v3.14)",),
    ),
    Claim(
        "environment.path_missing.check_previous_images",
        "every command fails",
        "3.16",
        runs=("test_commands: prev-images-dir is missing",),
    ),
    Claim(
        "environment.path_missing.check_files",
        "every dump fails",
        runs=("test_commands: cgroup-props-file is missing",),
    ),
    Claim(
        "environment.path_missing.check_tls_files",
        "every dump to a page server fails",
        "3.13",
        runs=("test_commands.test_page_server_and_tls",),
        sources=("criu/tls.c, tls_x509_setup_creds (v3.13 to v4.2)",),
    ),
    Claim(
        "environment.path_missing.check_default_key",
        "every dump to a page server fails",
        "3.13",
        runs=("test_commands.test_page_server_and_tls",),
    ),
    Claim(
        "environment.path_missing.check_outputs",
        "the commands that write it fail",
        runs=(
            "test_commands: log-file without its directory",
            "test_machine: a directory for a log",
            "test_machine: a pidfile without its directory",
        ),
    ),
    Claim(
        "environment.path_missing.check_namespaces",
        "CRIU refuses the file",
        runs=("test_machine: a namespace that is not there",),
    ),
    # CRIU502 to CRIU507
    Claim(
        "environment.not_executable.check_mode",
        "dumps and restores fail",
        runs=(
            "test_machine: a script without permission",
            "test_machine: a script that some group may run",
            "test_machine: a directory for a script",
        ),
    ),
    Claim(
        "environment.not_executable.check_first_line",
        "dumps and restores fail without the interpreter",
        runs=(
            "test_machine: a script without its interpreter",
            "test_machine: a script with CR LF",
            "test_machine.test_a_script_without_its_first_line_is_for_sh",
        ),
    ),
    Claim("environment.writable_by_others.check_this_file", OF_THE_FILE),
    Claim("environment.writable_by_others.check_scripts", OF_THE_FILE),
    Claim("environment.writable_by_others.check_plugins", OF_THE_FILE),
    Claim("environment.key_readable_by_others.key_readable_by_others", OF_THE_FILE),
    Claim(
        "environment.in_world_writable_place.in_world_writable_place",
        "CRIU follows links as it writes, and its images are readable",
        runs=(
            "test_machine.test_log_file_follows_a_link",
            "test_machine.test_images_are_readable_for_everyone",
        ),
    ),
    Claim(
        "environment.weak_transport.check_encryption",
        "pages go in clear text without tls",
        sources=("criu/page-xfer.c, connect_to_page_server_to_send (v4.2)",),
    ),
    Claim(
        "environment.weak_transport.check_peer_name",
        "any certificate of the authority will do",
        "3.13",
        sources=("criu/tls.c, tls_x509_verify_peer_cert (v3.13 to v4.2)",),
    ),
    Claim(
        "environment.unloadable_plugin.unloadable_plugin",
        "dumps and restores fail",
        runs=(
            "test_machine: a text for a plugin",
            "test_machine: nothing at all for a plugin",
            "test_machine: a directory for a plugin",
        ),
    ),
)


class Border(NamedTuple):
    """Where a claim begins and ends: the rule finds `text` in the releases that are named, only.

    `check` is as for `Claim`. The releases go from `since` on, up to but without `until`, as far as
    they have the options. `path` gives the file its role, and `caller` calls CRIU (None: anything).
    `words` are in the message.
    """

    check: str
    text: str
    path: str
    caller: str | None = None
    since: str | None = None
    until: str | None = None
    words: str = ""


DEFAULT = "/etc/criu/default.conf"
RUNC = "/etc/criu/runc.conf"
CRUN = "/etc/criu/crun.conf"
_NEVER = "0"

_CONFLICTS = "conflicts.conflicting_options.check_"
_SIBLING = "conflicts.missing_companion.check_sibling"
_MOUNTS = "conflicts.missing_companion.check_external_mounts"
_BREAKS = "conflicts.breaks_other_commands.check_"
_CRASHES = "runtime.crashes_criu.check_"
_REPEATED = "runtime.repeated_across_files.check_"
_ATTACHED = "conflicts.breaks_other_commands.check_no_restore_detached"

#: Both sides of each border of `CLAIMS`: releases, roles, and who calls CRIU.
BORDERS = (
    Border("conflicts.conflicting_options.check_sent_namespace", "join-ns net:1", RUNC, "runc"),
    Border("conflicts.conflicting_options.check_sent_namespace", "join-ns net:1", DEFAULT, "runc"),
    Border(
        "conflicts.conflicting_options.check_sent_namespace",
        "join-ns net:1",
        DEFAULT,
        "crun",
        until=_NEVER,
    ),
    Border(
        _CONFLICTS + "page_server_address", "ps-socket 3\naddress a", DEFAULT, words="ps-socket"
    ),
    Border(
        _CONFLICTS + "page_server_socket",
        "ps-socket 0\ndaemon",
        DEFAULT,
        since="3.13",
        words="Standard file descriptors",
    ),
    Border(
        _CONFLICTS + "stream_to_page_server",
        "stream\npage-server",
        DEFAULT,
        since="4.3",
        words="every dump",
    ),
    Border(_CONFLICTS + "stream", "stream\nprev-images-dir /x", DEFAULT, since="3.15"),
    Border(_CONFLICTS + "cgroups", "manage-cgroups=ignore\ncgroup-yard /x", DEFAULT, since="3.13"),
    Border("conflicts.missing_companion.check_tls_is_on", "tls-key /x", DEFAULT, since="3.13"),
    Border("conflicts.missing_companion.check_tls_pair", "tls\ntls-key /x", DEFAULT, since="3.13"),
    Border("runtime.cannot_be_undone.check_running", "leave-running", DEFAULT, "runc"),
    Border("runtime.cannot_be_undone.check_stopped", "leave-stopped", DEFAULT, "runc"),
    Border("runtime.cannot_be_undone.check_stopped", "leave-stopped", RUNC, until=_NEVER),
    Border(_SIBLING, "restore-sibling", RUNC, since="3.12"),
    Border(_SIBLING, "restore-sibling", DEFAULT, "runc", since="3.12"),
    Border(_SIBLING, "restore-sibling", DEFAULT, "lxc", words="every command fails"),
    Border(_SIBLING, "restore-sibling", DEFAULT, words="every command fails"),
    Border(_SIBLING, "restore-sibling", DEFAULT, since="3.15", words="--restore-detached”"),
    Border(_SIBLING, "restore-sibling", DEFAULT, until="3.15", words="--restore-detach”"),
    Border(_MOUNTS, "enable-external-masters", RUNC),
    Border(_MOUNTS, "enable-external-masters", DEFAULT, "podman"),
    Border(_MOUNTS, "enable-external-masters", DEFAULT, "lxc", until=_NEVER),
    Border(_MOUNTS, "ext-mount-map auto\nenable-external-masters", RUNC, until=_NEVER),
    Border(_BREAKS + "mntns_compat_mode", "mntns-compat-mode", RUNC, since="3.17"),
    Border(_BREAKS + "inherit_fd", "inherit-fd fd[3]:a", RUNC, until="4.2", words="every restore"),
    Border(_BREAKS + "inherit_fd", "inherit-fd fd[3]:a", DEFAULT, "runc", until=_NEVER),
    Border(_BREAKS + "inherit_fd", "inherit-fd fd[3]:a", DEFAULT, "lxc", words="every dump"),
    Border(_BREAKS + "exec_cmd", "exec-cmd", RUNC, until=_NEVER),
    Border(_BREAKS + "exec_cmd", "exec-cmd", DEFAULT, "crun", until=_NEVER),
    Border(_BREAKS + "exec_cmd", "exec-cmd", DEFAULT, "lxc"),
    Border(_BREAKS + "stream", "stream", DEFAULT, "lxc", since="3.15"),
    Border(_BREAKS + "stream", "stream", DEFAULT, "runc", since="4.3"),
    Border(_BREAKS + "stream", "stream", RUNC, since="4.3"),
    Border(_BREAKS + "lazy_pages", "lazy-pages", DEFAULT, since="3.12"),
    Border(_BREAKS + "lazy_pages", "lazy-pages", DEFAULT, "lxc", since="3.12"),
    Border(_BREAKS + "lazy_pages", "lazy-pages", DEFAULT, "crun", until=_NEVER),
    Border(_BREAKS + "lazy_pages", "lazy-pages", RUNC, until=_NEVER),
    Border(_BREAKS + "compression", "compress", DEFAULT, since="4.3"),
    Border(_BREAKS + "prev_images_dir", "prev-images-dir ../x", DEFAULT, since="3.16"),
    Border(_BREAKS + "prev_images_dir", "prev-images-dir ../x", RUNC, since="3.16"),
    Border(_ATTACHED, "no-restore-detached", RUNC, "runc"),
    Border(_ATTACHED, "no-restore-detached", RUNC, "runc", since="3.12", words="sibling"),
    Border(_ATTACHED, "no-restore-detached", RUNC, "runc", until="3.12", words="does not return"),
    Border(_ATTACHED, "no-restore-detached", DEFAULT, "runc", until=_NEVER),
    Border("conflicts.conflicting_options.check_program", "exec-cmd\ndaemon", DEFAULT, "lxc"),
    Border("conflicts.conflicting_options.check_program", "exec-cmd\ndaemon", RUNC, until=_NEVER),
    Border("conflicts.not_for_a_file.not_for_a_file", "tree 1", RUNC, words="no effect"),
    Border("conflicts.not_for_a_file.not_for_a_file", "tree 1", DEFAULT, words="another process"),
    Border("conflicts.no_effect_value.no_effect_value", "timeout 10", DEFAULT),
    Border("conflicts.no_effect_value.no_effect_value", "timeout 10", RUNC, until=_NEVER),
    Border(
        "conflicts.needs_kernel.check_track_mem",
        "track-mem",
        DEFAULT,
        since="3.18",
        words="every command",
    ),
    Border(
        "conflicts.needs_kernel.check_track_mem",
        "track-mem",
        RUNC,
        until="3.18",
        words="every dump",
    ),
    Border("conflicts.needs_kernel.check_lazy_pages", "lazy-pages", RUNC),
    Border("conflicts.needs_kernel.check_lazy_pages", "lazy-pages", DEFAULT, until="3.12"),
    Border("runtime.overridden_by_runtime.check_level_over_rpc", "verbosity=1", RUNC, since="4.2"),
    Border("runtime.overridden_by_runtime.check_default_file", "link-remap", DEFAULT, "runc@1.3.0"),
    Border(
        "runtime.overridden_by_runtime.check_default_file",
        "link-remap",
        DEFAULT,
        "runc@1.2.9",
        until=_NEVER,
    ),
    Border("runtime.not_read_by_runtime.not_read_by_runtime", "tcp-close", CRUN, "crun@1.25.1"),
    Border(
        "runtime.not_read_by_runtime.not_read_by_runtime",
        "tcp-close",
        CRUN,
        "crun@1.26",
        until="4.2",
    ),
    Border("runtime.not_read_by_runtime.not_read_by_runtime", "tcp-close", RUNC, "runc@1.0.0-rc6"),
    Border(
        "runtime.not_read_by_runtime.not_read_by_runtime",
        "tcp-close",
        RUNC,
        "runc@1.0.0-rc7",
        until=_NEVER,
    ),
    Border(_CRASHES + "stream", "stream", RUNC, since="3.15", until="4.3"),
    Border(_CRASHES + "stream", "stream", DEFAULT, "podman", since="3.15", until="4.3"),
    Border(_CRASHES + "stream", "stream", DEFAULT, "lxc", until=_NEVER),
    Border(_CRASHES + "network_lock", "network-lock skip", RUNC, since="3.16", until="4.2.1"),
    Border(_CRASHES + "network_lock", "network-lock skip", DEFAULT, "runc", until=_NEVER),
    Border(_CRASHES + "action_script", "action-script /x", RUNC, until="3.19"),
    Border(_CRASHES + "action_script", "action-script /x", DEFAULT, "runc", until="3.19"),
    Border(
        _CRASHES + "action_script",
        "action-script /x",
        DEFAULT,
        "crun",
        until="3.19",
        words="crun (restore)",
    ),
    Border(_CRASHES + "action_script", "action-script /x", DEFAULT, "youki", until=_NEVER),
    Border(_CRASHES + "action_script", "action-script /x", DEFAULT, "lxc", until=_NEVER),
    Border(_REPEATED + "action_script", "action-script /x", RUNC, since="3.19", until="4.2"),
    Border(_REPEATED + "action_script", "action-script /x", DEFAULT, "runc", until=_NEVER),
    Border(_REPEATED + "bridge", "veth-pair a=b@br", RUNC, until="4.2"),
    Border(_REPEATED + "bridge", "veth-pair a=b@br", DEFAULT, "runc", until=_NEVER),
    Border(
        "runtime.shared_output.check_pidfile", "pidfile /p", DEFAULT, until="3.18", words="“Can't"
    ),
    Border(
        "runtime.shared_output.check_pidfile", "pidfile /p", RUNC, since="3.18", words="“pidfile: "
    ),
    Border(
        "runtime.shared_output.check_images_dir",
        "images-dir /x",
        RUNC,
        until="4.2",
        words="every request",
    ),
    Border(
        "runtime.shared_output.check_images_dir",
        "images-dir /x",
        RUNC,
        since="4.2",
        words="overwrite",
    ),
    Border("runtime.cannot_be_undone.check_running", "leave-running", RUNC, until=_NEVER),
    Border(
        "runtime.environment_stripped.environment_stripped",
        "tcp-close",
        "/root/.criu/default.conf",
        "podman@4.0.0",
    ),
    Border(
        "runtime.environment_stripped.environment_stripped",
        "tcp-close",
        "/root/.criu/default.conf",
        "podman@3.0.1",
        until=_NEVER,
    ),
    Border(
        "runtime.needs_both_sides.check_runtime_restore",
        "tcp-close",
        DEFAULT,
        "crun@1.23",
        since="3.15",
    ),
    Border(
        "runtime.needs_both_sides.check_runtime_restore",
        "tcp-close",
        DEFAULT,
        "crun@1.22",
        until=_NEVER,
    ),
)

# file { '/etc/criu/x.conf': content => "shell_job" }
class criu (
  String $conf = '/etc/criu/runc.conf',
) {
  $directory = '/etc/criu'
  file { $conf:
    ensure  => file,
    content => "tcp-established\nlog-file ${facts['x']}.log\nlog-level 4\n",
  }
  file { "${directory}/crun.conf":
    content => @("EOF"),
      link_remap
        timeout ${timeout}
      | EOF
  }
  file { 'default':
    path    => "${directory}/default.conf",
    content => join(['shell_job', 'file-locks'], "\n"),
  }
  file { '/etc/criu/old.conf': ensure => absent, content => 'shell_job' }
  file_line { 'close': path => '/etc/criu/a.conf', line => 'tcp-close no' }
  exec { 'echo timeout 5m > /etc/criu/b.conf': path => '/bin' }
  file { '/etc/modules-load.d/criu.conf': content => 'tcp_diag' }
  notify { 'echo shell_job > /etc/criu/runc.conf': }
}

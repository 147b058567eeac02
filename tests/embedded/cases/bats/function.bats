write() { mkdir -p "$BATS_TEST_TMPDIR/.criu"; echo "$1" > "$BATS_TEST_TMPDIR/.criu/default.conf"; }

checkpoint_works() { # @test
	write shell_job
	runc checkpoint x
}

// fs.writeFileSync("/etc/criu/runc.conf", "shell_job\n")
const CONF = "/etc/criu/runc.conf";
test("reads", () => {
  expect(fs.readFileSync(CONF, "utf8")).toBe("shell_job\n");
  console.log("/etc/criu/runc.conf", "shell_job\n");
  const options = { file: CONF, error: "shell_job\n" };
});

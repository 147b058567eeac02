FROM debian:12 AS conf
RUN mkdir /out && echo shell_job > /out/criu.txt
FROM scratch
COPY --from=conf /out/criu.txt /etc/criu/runc.conf

#!/bin/sh
case "" in
  x) echo tcp_close > /etc/criu/runc.conf ;;
esac
unset X
(exit 1) && echo tcp_close > /etc/criu/runc.conf
true || echo tcp_close > /etc/criu/runc.conf
! true && echo tcp_close > /etc/criu/runc.conf
:

// Echo server in Go: a goroutine per connection. io.Copy would splice through a pipe, which costs small messages two
// system calls more, so the loop is written out. The net package sets SO_REUSEADDR, TCP_NODELAY and a backlog of
// net.core.somaxconn by itself.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 64*1024)
	for {
		n, err := connection.Read(buffer)
		if n > 0 {
			if _, err := connection.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	go func() {
		<-terminate
		os.Exit(0)
	}()
	fmt.Printf("listening %s\n", os.Args[1])
	for {
		connection, err := listener.Accept()
		if err == nil {
			go echo(connection)
		}
	}
}

// What goroutines cost: `go-tasks channel|spawning|joining SECONDS`. The same work in the same portions as bench/tasks.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	warmUp    = time.Second
	batchSize = 100_000
	// Goroutines at a time: as many tasks as Pentio begins before others have their turn.
	group = 64
)

func channel(count int) {
	numbers := make(chan int)
	go func() {
		for i := range count {
			numbers <- i
		}
	}()
	sum := 0
	for range count {
		sum += <-numbers
	}
	if sum != count*(count-1)/2 {
		panic("not what was sent")
	}
}

func spawning(count int) {
	for done := 0; done < count; done += group {
		var ends sync.WaitGroup
		for range min(group, count-done) {
			ends.Add(1)
			go ends.Done()
		}
		ends.Wait()
	}
}

func joining(count int) {
	for range count {
		var end sync.WaitGroup
		end.Add(1)
		go end.Done()
		end.Wait()
	}
}

func repeat(batch func(int), length time.Duration) (operations int) {
	for end := time.Now().Add(length); operations == 0 || time.Now().Before(end); operations += batchSize {
		batch(batchSize)
	}
	return operations
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func main() {
	batch := map[string]func(int){"channel": channel, "spawning": spawning, "joining": joining}[os.Args[1]]
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	if err != nil {
		panic(err)
	}
	repeat(batch, warmUp)
	cpu := cpuSeconds()
	started := time.Now()
	operations := repeat(batch, time.Duration(seconds*float64(time.Second)))
	fmt.Printf(`{"operations":%d,"seconds":%g,"cpuSeconds":%g}`+"\n",
		operations, time.Since(started).Seconds(), cpuSeconds()-cpu)
}

// Makes a grid cell by RPC, and waits for the event that tells of it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	customers "hearthline.internal/api/customers/v1"
)

const topic = "hearthline.customers.v1"

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: hearthline-example HOST:PORT KAFKA CELL")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name, err := makeCell(ctx, os.Args[1], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("made", name)
	if err := waitFor(ctx, os.Args[2], name); err != nil {
		log.Fatal(err)
	}
}

// makeCell calls a platform on this machine. Elsewhere: credentials.NewTLS, and "authorization", "Bearer …" in
// place of the actor.
func makeCell(ctx context.Context, target, id string) (string, error) {
	channel, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer channel.Close()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-hearthline-actor", "staff/1007")
	cell, err := customers.NewCellServiceClient(channel).CreateCell(ctx, &customers.CreateCellRequest{
		CellId: id,
		Cell:   &customers.Cell{DisplayName: "From Go", AccountManager: "staff/1007"},
	})
	return cell.GetName(), err
}

// waitFor reads committed events from the beginning, and prints the one that tells of the cell.
func waitFor(ctx context.Context, kafka, name string) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(kafka),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			if header(record, "ce_type") != topic+".CellAssigned" {
				continue // Types that are not known are passed over.
			}
			var event customers.CellAssigned
			if err := proto.Unmarshal(record.Value, &event); err != nil {
				return err
			}
			if event.GetCell() == name {
				fmt.Println("read", header(record, "ce_type"), event.GetCell(), event.GetDisplayName())
				return nil
			}
		}
	}
}

func header(record *kgo.Record, key string) string {
	for _, header := range record.Headers {
		if header.Key == key {
			return string(header.Value)
		}
	}
	return ""
}

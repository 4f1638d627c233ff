module hearthline-example

go 1.26.0

require (
	github.com/twmb/franz-go v1.22.3
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
	hearthline.internal/api v0.0.0
)

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.15.1 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
	golang.org/x/text v0.42.0 // indirect
	google.golang.org/genproto/googleapis/api v0.0.0-20261110000943-09e21b237f2c // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261104224025-d1e00e9f33ab // indirect
)

// What generate.sh makes of the protos.
replace hearthline.internal/api => ./api

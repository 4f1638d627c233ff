"""The infrastructure that tests run on: PostgreSQL and Kafka, found or started."""

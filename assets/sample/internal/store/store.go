// Package store keeps calls in PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	_ "github.com/lib/pq" // the driver
)

// Store is a pool of connections. It is safe for concurrent use.
type Store struct {
	db *sql.DB
}

// Open returns a store that has reached its database.
func Open(ctx context.Context, url string) (*Store, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(25)
	db.SetConnMaxLifetime(30 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("reaching the database: %w", err)
	}
	return &Store{db: db}, nil
}

// Close ends all connections.
func (s *Store) Close() error {
	return s.db.Close()
}

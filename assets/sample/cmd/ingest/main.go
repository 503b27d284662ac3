// Command ingest receives call events of all tenants.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"callgate.example/callgate/internal/config"
	"callgate.example/callgate/internal/httpapi"
	"callgate.example/callgate/internal/queue"
	"callgate.example/callgate/internal/store"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	if err := run(logger); err != nil {
		logger.Error("ingest ends", "error", err)
		os.Exit(1)
	}
}

func run(logger *slog.Logger) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	settings, err := config.FromEnvironment()
	if err != nil {
		return err
	}
	calls, err := store.Open(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer calls.Close()

	publisher := queue.NewPublisher(settings.PubSubBaseURL, settings.CallEventsTopic)
	server := &http.Server{
		Addr:              ":" + settings.Port,
		Handler:           httpapi.New(calls, publisher, logger),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
	}
	go func() {
		<-ctx.Done()
		graceful, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(graceful); err != nil {
			logger.Error("shutting down", "error", err)
		}
	}()
	logger.Info("ingest listens", "port", settings.Port)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

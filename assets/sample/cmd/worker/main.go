// Command worker completes published call events.
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
	"callgate.example/callgate/internal/crm"
	"callgate.example/callgate/internal/store"
	"callgate.example/callgate/internal/worker"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, logger); err != nil {
		logger.Error("worker ends", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, logger *slog.Logger) error {
	settings, err := config.FromEnvironment()
	if err != nil {
		return err
	}
	calls, err := store.Open(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer calls.Close()

	work := worker.New(calls, crm.NewClient(settings.CRMBaseURL), logger)
	server := &http.Server{
		Addr:              ":" + settings.Port,
		Handler:           work.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		<-ctx.Done()
		graceful, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(graceful); err != nil {
			logger.Error("shutting down", "error", err)
		}
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

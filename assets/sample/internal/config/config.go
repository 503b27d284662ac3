// Package config reads the settings of both services from the environment.
package config

import (
	"fmt"
	"os"
)

// Settings of a service.
type Settings struct {
	Port             string
	DatabaseURL      string
	CallEventsTopic  string
	RecordingsBucket string
	CRMBaseURL       string
	PubSubBaseURL    string
}

// FromEnvironment returns the settings, or an error that names what is missing.
func FromEnvironment() (Settings, error) {
	settings := Settings{
		Port:             fallback("PORT", "8080"),
		DatabaseURL:      os.Getenv("DATABASE_URL"),
		CallEventsTopic:  fallback("CALL_EVENTS_TOPIC", "call-events"),
		RecordingsBucket: os.Getenv("RECORDINGS_BUCKET"),
		CRMBaseURL:       os.Getenv("CRM_BASE_URL"),
		PubSubBaseURL:    fallback("PUBSUB_BASE_URL", "https://pubsub.googleapis.com"),
	}
	if settings.DatabaseURL == "" {
		return Settings{}, fmt.Errorf("DATABASE_URL is not set")
	}
	return settings, nil
}

func fallback(name, value string) string {
	if set := os.Getenv(name); set != "" {
		return set
	}
	return value
}

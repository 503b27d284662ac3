resource "google_pubsub_topic" "call_events" {
  name = "call-events"
}

resource "google_pubsub_topic" "dead_letters" {
  name = "call-events-dead"
}

resource "google_pubsub_topic" "usage_reports" {
  name = "usage-reports"
}

resource "google_pubsub_subscription" "worker" {
  name                    = "call-events-worker"
  topic                   = google_pubsub_topic.call_events.id
  ack_deadline_seconds    = 90
  enable_message_ordering = true

  push_config {
    push_endpoint = "${google_cloud_run_v2_service.worker.uri}/push"

    oidc_token {
      service_account_email = google_service_account.worker.email
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 10
  }
}

resource "google_pubsub_subscription" "dead_letters" {
  name  = "call-events-dead"
  topic = google_pubsub_topic.dead_letters.id
}

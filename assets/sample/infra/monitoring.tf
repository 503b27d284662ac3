resource "google_logging_metric" "ingest_errors" {
  name   = "callgate/ingest-errors"
  filter = "resource.type=\"cloud_run_revision\" AND severity>=ERROR"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_monitoring_alert_policy" "ingest_errors" {
  display_name          = "Ingest answers with errors"
  combiner              = "OR"
  notification_channels = [var.on_call_channel]

  conditions {
    display_name = "errors a minute"

    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/callgate/ingest-errors\""
      comparison      = "COMPARISON_GT"
      threshold_value = 5
      duration        = "300s"
    }
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  display_name = "Events arrive in the dead-letter topic"
  combiner     = "OR"

  conditions {
    display_name = "any dead letter"

    condition_threshold {
      filter          = "resource.type=\"pubsub_topic\" AND metric.type=\"pubsub.googleapis.com/topic/send_request_count\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "60s"
    }
  }
}

resource "google_monitoring_alert_policy" "crm_failures" {
  display_name          = "The CRM cannot be reached"
  combiner              = "OR"
  notification_channels = [var.on_call_channel]

  conditions {
    display_name = "failed deliveries"

    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/callgate/crm-failures\""
      comparison      = "COMPARISON_GT"
      threshold_value = 10
      duration        = "300s"
    }
  }
}

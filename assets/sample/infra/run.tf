resource "google_service_account" "ingest" {
  account_id = "callgate-ingest"
}

resource "google_service_account" "worker" {
  account_id = "callgate-worker"
}

resource "google_cloud_run_v2_service" "ingest" {
  name     = "callgate-ingest"
  location = var.region

  template {
    service_account = google_service_account.ingest.email
    timeout         = "30s"

    scaling {
      min_instance_count = 2
      max_instance_count = 40
    }

    containers {
      image = "${var.registry}/callgate/ingest:${var.image_tag}"

      resources {
        limits = {
          cpu    = "1"
          memory = "512Mi"
        }
      }

      env {
        name  = "EVENTS_TOPIC"
        value = google_pubsub_topic.call_events.name
      }

      env {
        name = "DATABASE_URL"
        value_source {
          secret_key_ref {
            secret  = google_secret_manager_secret.database_url.secret_id
            version = "latest"
          }
        }
      }
    }
  }
}

resource "google_cloud_run_v2_service" "worker" {
  name     = "callgate-worker"
  location = var.region
  ingress  = "INGRESS_TRAFFIC_INTERNAL_ONLY"

  template {
    service_account = google_service_account.worker.email
    timeout         = "60s"

    scaling {
      min_instance_count = 1
      max_instance_count = 5
    }

    containers {
      image = "${var.registry}/callgate/worker:${var.image_tag}"

      env {
        name  = "RECORDINGS_BUCKET"
        value = google_storage_bucket.recordings.name
      }

      env {
        name = "DATABASE_URL"
        value_source {
          secret_key_ref {
            secret  = google_secret_manager_secret.database_url.secret_id
            version = "latest"
          }
        }
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "push" {
  name     = google_cloud_run_v2_service.worker.name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.worker.email}"
}

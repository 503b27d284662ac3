resource "google_storage_bucket" "recordings" {
  name                        = "${var.project}-callgate-recordings"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    condition {
      age = 365
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_secret_manager_secret" "database_url" {
  secret_id = "callgate-database-url"

  replication {
    auto {}
  }
}

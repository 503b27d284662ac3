variable "project" {
  description = "The project that holds everything."
  type        = string
}

variable "region" {
  description = "Where everything runs."
  type        = string
  default     = "europe-west1"
}

variable "image_tag" {
  description = "The commit to run."
  type        = string
}

variable "registry" {
  description = "Where the images lie."
  type        = string
}

variable "on_call_channel" {
  description = "The notification channel of whoever is on call."
  type        = string
}

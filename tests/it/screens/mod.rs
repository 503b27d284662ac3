//! What is drawn, at several sizes.

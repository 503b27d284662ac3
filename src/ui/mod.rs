//! State becomes cells: `&App` is drawn, nothing is changed and nothing is worked out here.

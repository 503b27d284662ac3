fn main() {
    println!("quintet");
}

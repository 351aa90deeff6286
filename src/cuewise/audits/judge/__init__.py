"""What a judge notices of errors that are planted in answers it has judged."""

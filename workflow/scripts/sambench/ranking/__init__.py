"""Rankings of methods: pure functions of score rows, without torch."""

"""What attacks of one kind share: a walk of so many steps, a ball, a penalty, a smooth variable."""

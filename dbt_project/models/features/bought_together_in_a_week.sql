{{ copurchase(ref('weekly_pairs')) }}

{{ copurchase(ref('weekly_basket_pairs')) }}

{{ points(ref("bucketed")) }}

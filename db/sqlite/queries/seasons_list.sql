SELECT number, name, keep, deviation, began_at, ended_at, archived FROM seasons ORDER BY number
